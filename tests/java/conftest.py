from tests.providers.conftest import receiver

__all__ = ["receiver"]
