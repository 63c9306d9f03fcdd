"""The checker's own tests: `python checker.py --self-test`."""

import traceback
from types import ModuleType
from typing import Callable

from . import (
    test_arithmetic,
    test_certificates,
    test_corpus,
    test_document,
    test_language,
    test_schema,
    test_theory,
    test_trials,
    test_values,
)

MODULES: list[ModuleType] = [
    test_arithmetic,
    test_certificates,
    test_corpus,
    test_document,
    test_language,
    test_schema,
    test_theory,
    test_trials,
    test_values,
]


def run() -> int:
    """Runs every function whose name begins with `test_`, and says which fail."""
    passed, failed = 0, 0
    for module in MODULES:
        tests: list[Callable[[], None]] = [f for name, f in vars(module).items() if name.startswith("test_")]
        for test in tests:
            try:
                test()
                passed += 1
            except Exception:
                failed += 1
                print(f"{module.__name__}.{test.__name__}")
                traceback.print_exc(limit=-3)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
