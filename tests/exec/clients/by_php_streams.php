<?php
// PHP's functions for files, without a context of the caller's: a token.

$api = 'https://api.weixin.qq.com';
$asked = ['grant_type' => 'client_credential', 'appid' => getenv('WECHAT_APPID'), 'secret' => getenv('WECHAT_SECRET')];
$answer = file_get_contents("$api/cgi-bin/token?" . http_build_query($asked));
if ($answer === false) {
    exit(1);
}
echo json_encode(['expires_in' => json_decode($answer, true)['expires_in']]), "\n";
