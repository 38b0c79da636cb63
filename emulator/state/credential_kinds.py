"""The credentials of an account: one record for each kind."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sts:
    """Temporary Alibaba credentials.

    access_key_id: The id of the key.
    access_key_secret: The secret that calls are signed with.
    security_token: The token that calls must carry besides the signature.
    expires: Unix seconds of the account's clock; None for never.
    """

    access_key_id: str
    access_key_secret: str
    security_token: str
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class Aliyun:
    """Alibaba credentials. Without `active` or `purchased`, calls get the refusals that Alibaba documents.

    access_key_id: The id of the key.
    access_key_secret: The secret that calls are signed with.
    uid: The number of the Alibaba account.
    sts: Temporary credentials of the same account.
    active: Whether the key may be used.
    purchased: Whether the service was bought.
    """

    access_key_id: str
    access_key_secret: str
    uid: str
    sts: Sts
    active: bool = True
    purchased: bool = True


@dataclass(frozen=True, slots=True)
class WeChat:
    """The credentials of a WeChat mini program, and where its events are pushed.

    appid: The id of the mini program.
    secret: The secret that tokens are asked for with.
    ip_allow: The addresses that may ask for tokens; all addresses when empty.
    push_url: Where events are pushed; None for a mini program that gets no events.
    push_token: The token that pushes are signed with.
    push_format: The form of the events: xml or json.
    """

    appid: str
    secret: str
    ip_allow: tuple[str, ...] = ()
    push_url: str | None = None
    push_token: str = ""
    push_format: str = "xml"


@dataclass(frozen=True, slots=True)
class Alipay:
    """The credentials of an Alipay partner and of its application.

    pid: The id of the partner.
    app_id: The id of the application.
    app_public_key: The application's public key as PEM; None when any signature is good.
    sign_type: The one algorithm that the key is for, RSA2 or RSA; None for both.
    signed_up: Whether the partner signed up for the feature package.
    """

    pid: str
    app_id: str
    app_public_key: str | None = None
    sign_type: str | None = None
    signed_up: bool = True
