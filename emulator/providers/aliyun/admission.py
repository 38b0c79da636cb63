"""A call at the gate of one of Alibaba's services."""

from emulator import admission
from emulator.providers.aliyun.credentials import Key
from emulator.state import State
from emulator.types import Call, WireRequest


class Admission(admission.Admission):
    """A call at a gate of Alibaba.

    key: The key whose AccessKeyId the call names; None when no account has it.
    acs3: Whether the call is signed by ACS3.
    is_foreign: Whether the key is that of no account, and the call adopted by the default account.
    known_key: The same key, for the checks after `require_known_key`. It is missing when `key` is None.
    known_account: The account of that key.
    """

    def __init__(
        self,
        request: WireRequest,
        call: Call,
        key: Key | None,
        state: State,
        acs3: bool,
        *,
        is_foreign: bool = False,
    ) -> None:
        super().__init__(request, call, key.account if key else None, state)
        self.key = key
        self.acs3 = acs3
        self.is_foreign = is_foreign
        if key is not None:
            self.known_key, self.known_account = key, key.account
