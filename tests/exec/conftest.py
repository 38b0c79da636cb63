from tests.exec.jvm import java

__all__ = ["java"]
