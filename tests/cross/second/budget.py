"""Work is counted, not timed, so that a file gets the same answer on every machine."""

from .refusal import Declined

# A unit is about a microsecond of an ordinary processor: a dozen seconds in all, and, as whatever is kept is paid for, far below a
# gigabyte. The certificates of the theorems' defaults need a hundredth of it.
CERTIFICATE = 12_000_000


class Budget:
    """What may still be spent."""

    def __init__(self, units: int = CERTIFICATE) -> None:
        self.left = units

    def spend(self, units: int) -> None:
        """Pays before the work is done; declines what cannot be paid for."""
        self.left -= units
        if self.left < 0:
            raise Declined("more work than one certificate is allowed")
