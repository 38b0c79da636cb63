"""What runs inside an application before its own code, and leads its calls to real hosts to the emulator."""

from pathlib import Path

PYTHON_FOLDER = Path(__file__).parent / "python"  # for PYTHONPATH: Python runs the sitecustomize that it finds there
NODE_FILE = Path(__file__).parent / "node.cjs"  # for NODE_OPTIONS
