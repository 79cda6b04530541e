import os

from clausius_panel.store import engines


def test_an_engine_given_back_is_the_one_taken_next():
    first = engines.take()
    engines.give_back(first)
    again = engines.take()
    assert again is first
    assert again.execute("SELECT 1").fetchall() == [(1,)]
    engines.shut(again)


def test_few_are_kept_and_the_rest_are_shut():
    taken = [engines.take() for _ in range(5)]
    for one in taken:
        engines.give_back(one)
    kept = [engines.take() for _ in range(2)]
    fresh = engines.take()
    assert all(one in taken for one in kept)
    assert fresh not in taken
    for one in (*kept, fresh):
        engines.shut(one)


def test_no_engine_crosses_a_fork():
    engines.give_back(engines.take())
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        one = engines.take()
        os.write(writer, str(one.execute("SELECT 7").fetchall()).encode())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert (status, os.read(reader, 100)) == (0, b"[(7,)]")
    os.close(reader)
    os.close(writer)
    assert engines.take().execute("SELECT 8").fetchall() == [(8,)]
