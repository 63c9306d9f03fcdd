"""The answers to a certificate that is not valid."""


class Refused(Exception):
    """A certificate that says something wrong: the name of the check that refuses it, and what that found."""

    def __init__(self, name: str, reason: object) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, str(reason)

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class Declined(Exception):
    """A certificate that is not looked at further: it may be right, but it is too much work."""

    name = "too-costly"

    def __str__(self) -> str:
        return f"{self.name}: {self.args[0]}"


def require(holds: bool, name: str, reason: object) -> None:
    """Refuses unless the condition holds."""
    if not holds:
        raise Refused(name, reason)
