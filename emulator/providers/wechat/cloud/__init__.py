"""The cloud call: how wx-server-sdk speaks at /admin, through the gateway of the cloud and its platform."""

from emulator.providers.wechat.cloud.answers import encode, refuse
from emulator.providers.wechat.cloud.envelope import decode

__all__ = ["decode", "encode", "refuse"]
