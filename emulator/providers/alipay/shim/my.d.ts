/** Types of the shim `my`: what the calls take and tell by the pages of Alipay, and how the shim is made. */

export interface Callbacks<Answer> {
  success?: (answer: Answer) => void;
  fail?: (failure: Failure) => void;
  /** After either, with the same object. */
  complete?: (told: Answer | Failure) => void;
}

export interface Failure {
  /** A text, or with the quirk `alipay.error_type` a number for codes that are one. */
  error: string | number;
  errorMessage: string;
  /** Not of `textRiskIdentification`. */
  errorCode?: string;
}

export interface PictureParams<Context> extends Callbacks<PictureAnswer> {
  pid?: string;
  appId?: string;
  bizContext: Context;
}

export interface PictureAnswer {
  /** The text of a JSON object: `{"apply_id": "..."}` of imgRisk, `{"action": "..."}` of imgRiskCallback. */
  riskResult: string;
  riskResultDesc: string;
  success: boolean;
  uniqueId: string;
}

export interface TextParams extends Callbacks<TextAnswer> {
  content: string;
  /** Out of keyword, 0 (advertising), 1 (politics), 2 (pornography), 3 (abuse). */
  type: string[];
}

export interface TextAnswer {
  result: TextRisk[];
}

export interface TextRisk {
  type: string;
  /** Of a keyword that was hit. */
  hitKeywords?: string[];
  /** Of the other types, when no keyword was hit. */
  score?: string;
}

export interface My {
  ap: {
    /** Takes a picture to be judged: `risk_type` is `img_risk`, `content` its address. */
    imgRisk(params: PictureParams<{ risk_type: string; content: string }>): Promise<PictureAnswer>;
    /** Asks for its result: `risk_type` is `img_risk_result`. */
    imgRiskCallback(params: PictureParams<{ risk_type: string; apply_id: string }>): Promise<PictureAnswer>;
  };
  textRiskIdentification(params: TextParams): Promise<TextAnswer>;
  canIUse(name: string): boolean;
}

export interface Options {
  /** Where the emulator listens; else `EMULATOR_URL`, else http://127.0.0.1:8080. */
  url?: string;
  /** Which of its accounts calls. */
  account?: string;
  /** The pid of calls that bring none. */
  pid?: string;
  /** The type of the shim's own code for a network that failed. */
  errorType?: 'string' | 'number';
}

export const my: My;
export function createMy(options?: Options): My;
export function createMy<Target extends object>(options: Options, target: Target): Target & My;
export function install<Target extends object>(target: Target, options?: Options): Target & My;
