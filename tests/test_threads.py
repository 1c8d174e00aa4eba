"""The lasting pool: results in order, errors, nested calls, and a fork."""

import multiprocessing
import threading
import time

import pytest

from hadimg import threads
from hadimg.errors import ArgumentError, ArgumentTypeError


@pytest.mark.parametrize("workers", [None, 1, 2, 7, 100])
@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_results_come_in_the_order_of_the_items(workers, count):
    """However many threads there are, each item is taken once."""
    taken = []

    def square(number):
        taken.append(number)
        return number * number

    assert threads.each(square, iter(range(count)), workers=workers) == [k * k for k in range(count)]
    assert sorted(taken) == list(range(count))


def test_threads_work_at_the_same_time():
    """Three items that wait for one another need three threads."""
    barrier = threading.Barrier(3, timeout=30)
    names = threads.each(lambda _: barrier.wait() >= 0 and threading.current_thread().name, range(3), workers=3)
    assert len(set(names)) == 3
    assert threading.current_thread().name in names


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_an_error_stops_the_rest(workers):
    """It is the error that is raised, no thread is at work any more, and what is left is not begun."""
    begun = []

    def fail(number):
        begun.append(number)
        if number == 3:
            raise ZeroDivisionError("three")
        time.sleep(0.001)

    with pytest.raises(ZeroDivisionError, match="three"):
        threads.each(fail, range(1000), workers=workers)
    size = len(begun)
    assert size < 100
    time.sleep(0.01)
    assert len(begun) == size


def test_an_error_of_a_helping_thread_is_raised():
    """The thread that calls sees what went wrong in another one."""
    here = threading.current_thread()
    barrier = threading.Barrier(2, timeout=30)

    def fail(_):
        barrier.wait()
        if threading.current_thread() is not here:
            raise ZeroDivisionError("elsewhere")

    with pytest.raises(ZeroDivisionError, match="elsewhere"):
        threads.each(fail, range(2), workers=2)


def test_calls_may_be_nested():
    """A call inside a call does not wait for threads that wait for it."""

    def inner(number):
        return sum(threads.each(lambda k: k * number, range(20), workers=8))

    assert threads.each(inner, range(300), workers=300) == [190 * k for k in range(300)]


def _in_a_fork(queue):
    queue.put(threads.each(str, range(4), workers=3))


def test_a_fork_makes_a_pool_of_its_own():
    """Threads do not survive a fork; the child starts anew instead of waiting for them."""
    threads.each(str, range(4), workers=3)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=_in_a_fork, args=(queue,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert queue.get() == ["0", "1", "2", "3"]


def test_how_many_threads():
    """All cores, or what the user says."""
    assert threads.checked_workers(None) == threads.core_count() >= 1
    assert threads.checked_workers(5) == 5


@pytest.mark.parametrize(
    ("workers", "error", "message"),
    [
        (0, ArgumentError, r"workers must be at least 1, got 0 \(None takes all cores\)"),
        (1.5, ArgumentTypeError, "workers must be a whole number or None, got float"),
        (True, ArgumentTypeError, "workers must be a whole number or None, got bool"),
    ],
)
def test_workers_that_cannot_be(workers, error, message):
    """The rule, the value, and the way out."""
    with pytest.raises(error, match=message):
        threads.each(str, range(3), workers=workers)
