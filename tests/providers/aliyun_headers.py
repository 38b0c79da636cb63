"""Headers that both services of Alibaba read, with `%s` where a caller may write anything."""

HEADERS = (
    *(("Date", "%s"), ("Accept", "%s"), ("Content-MD5", "%s"), ("Authorization", "%s")),
    *(("x-acs-action", "%s"), ("x-acs-version", "%s"), ("x-acs-date", "%s"), ("x-acs-security-token", "%s")),
    *(("x-acs-signature-nonce", "%s"), ("x-acs-signature-method", "%s"), ("x-acs-content-sha256", "%s")),
    *(("Authorization", "acs testId:%s"), ("Authorization", "acs %s:x"), ("Authorization", "acs :%s")),
    *(
        ("Authorization", f"ACS3-HMAC-SHA256 {rest}")
        for rest in (
            "Credential=testId,SignedHeaders=%s,Signature=x",
            "Credential=%s,SignedHeaders=host;%s;x,Signature=%s",
        )
    ),
)
