// Calls with real clients, unmodified: java Clients [REQUEST]...
// A request is an object of JSON: `client` calls what `call` says; the rest is what that client needs. Where it has no
// `url`, the client calls the host that it calls in production. Each line of standard input is a request too, unless
// arguments are. Each is answered by a line: what the client made of it, or what it raised.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

import com.alipay.api.AlipayApiException;
import com.aliyun.tea.TeaException;
import com.aliyuncs.exceptions.ClientException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import me.chanjar.weixin.common.error.WxErrorException;

public class Clients {
    static final ObjectMapper JSON = new ObjectMapper();

    interface Client {
        Object call(JsonNode asked) throws Exception;
    }

    private static Client choose(String client) {
        switch (client) {
            case "com.aliyun:aliyun-java-sdk-green": return AliyunCore::callGreen;
            case "com.aliyun:aliyun-java-sdk-imageaudit": return AliyunCore::callImageaudit;
            case "com.aliyun:imageaudit20191230": return AliyunTea::callImageaudit;
            case "com.aliyun:tea-openapi": return AliyunTea::callGreen;
            case "com.alipay.sdk:alipay-easysdk": return Alipay::callByEasySdk;
            case "com.alipay.sdk:alipay-sdk-java": return Alipay::call;
            case "com.github.binarywang:weixin-java-miniapp": return WxJava::call;
            case "com.squareup.okhttp3:okhttp": return SignedByHand::call;
            case "Green's callback": return GreenCallback::read;
            default: return HttpLibraries.choose(client);
        }
    }

    private static Object answer(JsonNode asked) {
        try {
            return choose(asked.get("client").asText()).call(asked);
        } catch (Exception | LinkageError error) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("raised", error.getClass().getName());
            told.put("code", findCode(error));
            told.put("message", error.getMessage());
            return told;
        }
    }

    private static Object findCode(Throwable error) {
        if (error instanceof ClientException) return ((ClientException) error).getErrCode();
        if (error instanceof TeaException) return ((TeaException) error).getCode();
        if (error instanceof AlipayApiException) return ((AlipayApiException) error).getErrCode();
        if (error instanceof WxErrorException) return ((WxErrorException) error).getError().getErrorCode();
        return null;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // one client prints what it does
        if (arguments.length > 0) {
            for (String each : arguments) out.println(JSON.writeValueAsString(answer(JSON.readTree(each))));
        } else {
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line; (line = lines.readLine()) != null;) {
                out.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
            }
        }
        System.exit(0); // some clients leave threads behind that live on for minutes
    }
}
