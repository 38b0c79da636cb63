"""Settings as they are without configuration, for states built by hand."""

from emulator.config.load import load_settings
from emulator.config.model import SettingNames

SETTINGS = load_settings(None, {"journal": {"size": 10}}, {}, SettingNames({}, ()))
