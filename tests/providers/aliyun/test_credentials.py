from emulator.providers.aliyun.credentials import CREDENTIALS, find_key, has_security_token
from emulator.state.accounts import Accounts
from tests.state.builders import make_account, make_default_account


def test_keys_are_found_by_their_id() -> None:
    default, other = make_default_account(), make_account("team-b", 2)
    accounts = Accounts([default, other])
    own = default.of(CREDENTIALS)
    assert find_key(accounts, "testId") == (default, own, "testId", "testSecret", None, None)
    assert find_key(accounts, "STS.testId") == (default, own, "STS.testId", "testSecret", "testToken", None)
    for name in ("", "nobody", "default", "acc-1", "1234567890", "wx0123456789abcdef"):
        assert find_key(accounts, name) is None
    accounts.remove(other)
    credentials = other.of(CREDENTIALS)
    assert find_key(accounts, credentials.access_key_id) is None
    assert find_key(accounts, credentials.sts.access_key_id) is None


def test_a_security_token_is_known_as_long_as_an_account_has_it() -> None:
    default, other = make_default_account(), make_account("team-b", 2)
    token = other.of(CREDENTIALS).sts.security_token
    third = make_account("team-c", 3, aliyun={"sts": {"security_token": token}})
    accounts = Accounts([default, other, third])
    for gone in (other, third):
        assert has_security_token(accounts, token)
        accounts.remove(gone)
    assert not has_security_token(accounts, token)
    assert has_security_token(accounts, "testToken")


def test_temporary_credentials_follow_from_the_lasting_ones() -> None:
    made = make_account("team-b", 2, aliyun={"access_key_id": "key", "access_key_secret": "secret"})
    sts = made.of(CREDENTIALS).sts
    assert (sts.access_key_id, sts.access_key_secret, sts.expires) == ("STS.key", "secret", None)
    assert sts.security_token
    given = make_account("team-b", 2, aliyun={"sts": {"access_key_id": "own", "expires": 5.0}}).of(CREDENTIALS).sts
    assert (given.access_key_id, given.expires) == ("own", 5.0)
