"""What the tests share."""

from typing import Callable

from ..arithmetic import Arithmetic
from ..budget import Budget
from ..refusal import Declined, Refused

PLENTY = 10**12


def arithmetic(bits: int = 200) -> Arithmetic:
    return Arithmetic(bits, 1 << 20, Budget(PLENTY))


def refused(name: str, action: Callable[[], object]) -> None:
    """Fails unless the action is refused, or declined, by this name."""
    try:
        result = action()
    except (Refused, Declined) as cause:
        assert cause.name == name, f"refused as {cause}, not as {name}"
        return
    raise AssertionError(f"accepted, not refused as {name}: {result}")
