package example;

import java.util.List;

import com.aliyun.imageaudit20191230.Client;
import com.aliyun.imageaudit20191230.models.ScanTextRequest;
import com.aliyun.imageaudit20191230.models.ScanTextRequest.ScanTextRequestLabels;
import com.aliyun.imageaudit20191230.models.ScanTextRequest.ScanTextRequestTasks;
import com.aliyun.tea.TeaException;
import org.springframework.stereotype.Service;

/** Publishes what the service lets pass, and keeps what could not be checked for later. */
@Service
public class Comments {
    public enum State { PUBLISHED, REJECTED, WAITING }

    private final Client imageaudit;

    Comments(Client imageaudit) {
        this.imageaudit = imageaudit;
    }

    public State post(String text) throws Exception {
        ScanTextRequest request = new ScanTextRequest()
            .setLabels(List.of(new ScanTextRequestLabels().setLabel("ad")))
            .setTasks(List.of(new ScanTextRequestTasks().setContent(text)));
        try {
            var element = imageaudit.scanText(request).getBody().getData().getElements().get(0);
            return element.getResults().get(0).getSuggestion().equals("pass") ? State.PUBLISHED : State.REJECTED;
        } catch (TeaException failure) {
            return State.WAITING;
        }
    }
}
