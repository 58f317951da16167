"""Worker threads: what they find in the order of their tasks, or as it comes."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from queue import Empty, Full, Queue
from threading import Event, Lock
from typing import Any, TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")

_NO_MORE = object()
_SECONDS = 0.2
"""How long a thread waits before it looks whether it is still wanted; on some systems Ctrl-C waits as long."""


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int | None
) -> Generator[Result, None, None]:
    """Yield what a function returns for each item, in their order; threads (None: one a core) work a few items ahead.

    When it is closed, what has not begun is dropped, and what has is waited for.

    >>> list(in_order(abs, [-3, 1, -2], threads=2))
    [3, 1, 2]
    """
    threads = threads or cores()
    waiting: deque[Future[Result]] = deque()
    left_items, failure = iter(items), None
    pool = ThreadPoolExecutor(threads)
    try:
        while failure is None:
            try:
                waiting.append(pool.submit(function, next(left_items)))
            except StopIteration:
                break
            except Exception as error:  # whatever it is, items before this one come first
                failure = error
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        if failure is not None:
            raise failure
    finally:
        pool.shutdown(cancel_futures=True)


def side_by_side(threads: int | None, *steps: Callable[[], Any]) -> list[Any]:
    """Return what each step returns, in their order.

    >>> side_by_side(2, list, dict)
    [[], {}]
    """
    return list(in_order(lambda step: step(), steps, threads))


def as_they_come(
    function: Callable[[Item], Iterator[Result]], items: Iterable[Item], threads: int | None
) -> Generator[Result, None, None]:
    """Yield all that a function yields for all items, in any order; threads wait while a few results lie unused.

    Items are taken one by one, by whatever thread is free. When some fail, the first of them in the order of items
    raises, however the threads ran.

    >>> sorted(as_they_come(range, [3, 1, 2], threads=2))
    [0, 0, 0, 1, 1, 2]
    """
    threads = threads or cores()
    found: Queue[tuple[Result] | None] = Queue(2 * threads)
    failures: list[tuple[int, BaseException]] = []
    numbers, left_items, one_at_a_time = count(), iter(items), Lock()
    enough, stop = Event(), Event()  # no more items are begun; nobody waits for results

    def give(result: tuple[Result] | None) -> None:
        while not stop.is_set():
            try:
                return found.put(result, timeout=_SECONDS)
            except Full:
                continue

    def work() -> None:
        number = 0
        try:
            while not enough.is_set():
                with one_at_a_time:
                    number = next(numbers)
                    item = next(left_items, _NO_MORE)
                if item is _NO_MORE:
                    break
                for result in function(cast(Item, item)):
                    give((result,))
                    if stop.is_set():
                        break
        except BaseException as error:  # whatever it is, the caller's thread raises it
            failures.append((number, error))
            enough.set()
        give(None)

    pool = ThreadPoolExecutor(threads)
    try:
        for _ in range(threads):
            pool.submit(work)
        left = threads
        while left:
            try:
                result = found.get(timeout=_SECONDS)
            except Empty:
                continue
            if result is None:
                left -= 1
            else:
                yield result[0]
        if failures:
            raise min(failures, key=lambda failure: failure[0])[1]
    finally:
        enough.set()
        stop.set()
        pool.shutdown()
