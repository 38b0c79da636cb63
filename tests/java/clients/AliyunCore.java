// aliyun-java-sdk-core with the typed requests of imageaudit and Green.
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import com.aliyuncs.AcsRequest;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.IAcsClient;
import com.aliyuncs.RoaAcsRequest;
import com.aliyuncs.green.model.v20180509.ImageAsyncScanRequest;
import com.aliyuncs.green.model.v20180509.ImageAsyncScanResultsRequest;
import com.aliyuncs.green.model.v20180509.ImageScanFeedbackRequest;
import com.aliyuncs.green.model.v20180509.ImageSyncScanRequest;
import com.aliyuncs.green.model.v20180509.TextFeedbackRequest;
import com.aliyuncs.green.model.v20180509.TextScanRequest;
import com.aliyuncs.http.FormatType;
import com.aliyuncs.http.HttpResponse;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.imageaudit.model.v20191230.ScanImageRequest;
import com.aliyuncs.imageaudit.model.v20191230.ScanImageResponse;
import com.aliyuncs.imageaudit.model.v20191230.ScanTextRequest;
import com.aliyuncs.imageaudit.model.v20191230.ScanTextResponse;
import com.aliyuncs.profile.DefaultProfile;
import com.fasterxml.jackson.databind.JsonNode;

class AliyunCore {
    private static IAcsClient connect(JsonNode asked) {
        return new DefaultAcsClient(
            DefaultProfile.getProfile("cn-shanghai", asked.get("key").asText(), asked.get("secret").asText()));
    }

    /** Point a request to where the emulator listens; else it finds the host of its region by itself. */
    private static void point(AcsRequest<?> request, JsonNode asked) {
        if (!asked.has("url")) return;
        request.setSysEndpoint(URI.create(asked.get("url").asText()).getAuthority());
        request.setSysProtocol(ProtocolType.HTTP);
    }

    static Object callImageaudit(JsonNode asked) throws Exception {
        return asked.get("call").asText().equals("ScanText") ? scanText(asked) : scanImage(asked);
    }

    private static Object scanText(JsonNode asked) throws Exception {
        ScanTextRequest request = new ScanTextRequest();
        point(request, asked);
        ScanTextRequest.Labels label = new ScanTextRequest.Labels();
        label.setLabel("ad");
        request.setLabelss(List.of(label));
        ScanTextRequest.Tasks task = new ScanTextRequest.Tasks();
        task.setContent(asked.get("content").asText());
        request.setTaskss(List.of(task));
        List<String> found = new ArrayList<>();
        for (ScanTextResponse.Data.Element element : connect(asked).getAcsResponse(request).getData().getElements()) {
            for (ScanTextResponse.Data.Element.Result result : element.getResults()) {
                found.addAll(List.of(result.getLabel(), result.getSuggestion()));
            }
        }
        return found;
    }

    private static Object scanImage(JsonNode asked) throws Exception {
        ScanImageRequest request = new ScanImageRequest();
        point(request, asked);
        request.setScenes(List.of("porn"));
        ScanImageRequest.Task task = new ScanImageRequest.Task();
        task.setImageURL(asked.get("picture").asText());
        request.setTasks(List.of(task));
        List<String> found = new ArrayList<>();
        for (ScanImageResponse.Data.Result result : connect(asked).getAcsResponse(request).getData().getResults()) {
            for (ScanImageResponse.Data.Result.SubResult sub : result.getSubResults()) {
                found.addAll(List.of(sub.getLabel(), sub.getSuggestion()));
            }
        }
        return found;
    }

    private static RoaAcsRequest<?> buildGreenRequest(String operation) {
        switch (operation) {
            case "image/asyncscan": return new ImageAsyncScanRequest();
            case "image/results": return new ImageAsyncScanResultsRequest();
            case "image/scan": return new ImageSyncScanRequest();
            case "image/feedback": return new ImageScanFeedbackRequest();
            case "text/scan": return new TextScanRequest();
            case "text/feedback": return new TextFeedbackRequest();
            default: throw new IllegalArgumentException(operation);
        }
    }

    static Object callGreen(JsonNode asked) throws Exception {
        RoaAcsRequest<?> request = buildGreenRequest(asked.get("call").asText());
        point(request, asked);
        byte[] body = Clients.JSON.writeValueAsBytes(asked.get("body"));
        request.setHttpContent(body, StandardCharsets.UTF_8.name(), FormatType.JSON);
        HttpResponse answer = connect(asked).doAction(request);
        return Clients.JSON.readTree(answer.getHttpContent());
    }
}
