// WxJava's service of mini programs: checks, tokens, and the event of media_check_async as its receiver reads it.
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

import cn.binarywang.wx.miniapp.api.WxMaSecurityService;
import cn.binarywang.wx.miniapp.api.WxMaService;
import cn.binarywang.wx.miniapp.api.impl.WxMaServiceImpl;
import cn.binarywang.wx.miniapp.api.impl.WxMaServiceOkHttpImpl;
import cn.binarywang.wx.miniapp.bean.WxMaMessage;
import cn.binarywang.wx.miniapp.bean.security.WxMaMediaSecCheckCheckRequest;
import cn.binarywang.wx.miniapp.bean.security.WxMaMsgSecCheckCheckRequest;
import cn.binarywang.wx.miniapp.bean.security.WxMaMsgSecCheckCheckResponse;
import cn.binarywang.wx.miniapp.config.impl.WxMaDefaultConfigImpl;
import com.fasterxml.jackson.databind.JsonNode;

class WxJava {
    /** The service of one mini program, which keeps its token from call to call. */
    private static final Map<String, WxMaService> SERVICES = new TreeMap<>();

    private static WxMaService connect(JsonNode asked) {
        String url = asked.path("url").asText(null);
        String appid = asked.get("appid").asText();
        String secret = asked.get("secret").asText();
        String place = String.join(" ", String.valueOf(url), appid, secret, asked.path("session").asText(), asked.path("service").asText());
        return SERVICES.computeIfAbsent(place, key -> {
            WxMaDefaultConfigImpl config = new WxMaDefaultConfigImpl();
            config.setAppid(appid);
            config.setSecret(secret);
            config.setToken(asked.path("token").asText(null));
            config.setApiHostUrl(url);
            config.useStableAccessToken(asked.path("stable").asBoolean());
            WxMaService service =
                asked.path("service").asText().equals("WxMaServiceOkHttpImpl") ? new WxMaServiceOkHttpImpl() : new WxMaServiceImpl();
            service.setWxMaConfig(config);
            return service;
        });
    }

    static Object call(JsonNode asked) throws Exception {
        WxMaService service = connect(asked);
        WxMaSecurityService checks = service.getSecurityService();
        switch (asked.get("call").asText()) {
            case "token": return service.getAccessToken(asked.path("refresh").asBoolean());
            case "imgSecCheck": return checks.checkImage(Path.of(asked.get("file").asText()).toFile());
            case "msgSecCheck": return checks.checkMessage(asked.get("content").asText());
            case "msgSecCheck 2": return checkText(checks, asked);
            case "mediaCheckAsync": return checks.mediaCheckAsync(asked.get("picture").asText(), 2).getTraceId();
            case "mediaCheckAsync 2": return submit(checks, asked);
            case "event": return readEvent(service, asked);
            default: throw new IllegalArgumentException(asked.get("call").asText());
        }
    }

    private static Object checkText(WxMaSecurityService checks, JsonNode asked) throws Exception {
        WxMaMsgSecCheckCheckResponse answer = checks.checkMessage(WxMaMsgSecCheckCheckRequest.builder()
            .version("2").scene(1).openid("o-1").content(asked.get("content").asText()).build());
        return Map.of("suggest", answer.getResult().getSuggest(), "label", answer.getResult().getLabel());
    }

    private static Object submit(WxMaSecurityService checks, JsonNode asked) throws Exception {
        return checks.mediaCheckAsync(WxMaMediaSecCheckCheckRequest.builder()
            .version(2).scene(1).openid("o-1").mediaType(2).mediaUrl(asked.get("picture").asText()).build()).getTraceId();
    }

    private static Object readEvent(WxMaService service, JsonNode asked) {
        JsonNode query = asked.get("query");
        boolean genuine = service.checkSignature(
            query.get("timestamp").asText(), query.get("nonce").asText(), query.get("signature").asText());
        String body = asked.get("body").asText();
        WxMaMessage message = body.startsWith("<") ? WxMaMessage.fromXml(body) : WxMaMessage.fromJson(body);
        String verdict = message.getResult() == null ? message.getIsRisky() : message.getResult().getSuggest();
        return Map.of(
            "genuine", genuine, "event", message.getEvent(), "trace_id", message.getTraceId(), "verdict", verdict);
    }
}
