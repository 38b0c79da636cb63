"""The cloud call: how wx-server-sdk speaks at /admin, through the gateway of the cloud and its platform."""

from emulator.providers.wechat.cloud.request import decode
from emulator.providers.wechat.cloud.responses import encode, refuse

__all__ = ["decode", "encode", "refuse"]
