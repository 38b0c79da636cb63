<?php
// PHP's curl: a token, then a text.

function call(string $url, ?string $body = null): array
{
    $handle = curl_init($url);
    curl_setopt_array($handle, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => 30]);
    if ($body !== null) {
        curl_setopt($handle, CURLOPT_POSTFIELDS, $body);
    }
    $answer = curl_exec($handle);
    if ($answer === false) {
        fwrite(STDERR, curl_error($handle) . "\n");
        exit(1);
    }
    return json_decode($answer, true);
}

$api = 'https://api.weixin.qq.com';
$asked = ['grant_type' => 'client_credential', 'appid' => getenv('WECHAT_APPID'), 'secret' => getenv('WECHAT_SECRET')];
$token = call("$api/cgi-bin/token?" . http_build_query($asked));
$checked = call("$api/wxa/msg_sec_check?access_token={$token['access_token']}", '{"content": "emu-block"}');
echo json_encode(['expires_in' => $token['expires_in'], 'errcode' => $checked['errcode']]), "\n";
