"""Many threads and processes on one file."""

import threading
import time

import duckdb
import pytest

from clausius_panel.errors import StoreBusy, StoreError
from clausius_panel.store import Store
from tests.store.processes import add_row, count_rows, finished, heard, wait_until

MIXED = """
store = Store.open(path)
done, end = 0, time.monotonic() + 0.7
while time.monotonic() < end:
    if done % 3:
        assert count(store) >= done // 3
    else:
        add(store)
    done += 1
print((done + 2) // 3)
"""


def is_open(path):
    """Whether some process holds the file: nobody else may write it then."""
    try:
        duckdb.connect(path, config={"autoload_known_extensions": "false"}).close()
    except (duckdb.IOException, duckdb.ConnectionException):
        return True
    return False


def test_four_processes_lose_nothing_and_nobody_fails(store, spawn):
    store.close()
    written = sum(int(finished(process)) for process in [spawn(MIXED) for _ in range(4)])
    assert count_rows(store) == written > 8


def test_threads_share_the_connection_without_mixing_answers(store):
    def work(mine):
        for i in range(15):
            if i % 5 == 0:
                add_row(store, mine)
            with store.read() as cur:
                [(answer,)] = cur.execute("SELECT ?", [mine]).fetchall()
            answers.append(answer == mine)

    answers = []
    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 90
    assert count_rows(store) == 18


def test_a_killed_writer_loses_nothing_that_was_committed(store, spawn):
    store.close()
    process = spawn("""
store = Store.open(path)
add(store, "committed")
with store.write() as cur:
    cur.execute(ADD, ["uncommitted"])
    say("writing")
    time.sleep(60)
""")
    heard(process, "writing")
    process.kill()
    process.wait()
    with store.read() as cur:
        assert cur.execute("SELECT action FROM audit").fetchall() == [("committed",)]
    add_row(store)
    assert count_rows(store) == 2


def test_an_idle_process_does_not_keep_the_file(store, path, spawn):
    store.close()
    process = spawn("store = Store.open(path); add(store); say('idle'); sys.stdin.readline()")
    heard(process, "idle")
    wait_until(lambda: not is_open(path), timeout_s=2)


def test_a_process_that_keeps_reading_lets_a_writer_in_quickly(store, spawn):
    store.close()
    process = spawn("""
store = Store.open(path, lease_s=60)
count(store)
say("reading")
while True:
    count(store)
""")
    heard(process, "reading")
    started = time.monotonic()
    add_row(store)
    assert time.monotonic() - started < 1


def test_a_process_that_keeps_writing_lets_a_reader_in_quickly(store, spawn):
    store.close()
    process = spawn("""
store = Store.open(path, lease_s=60)
add(store)
say("writing")
while True:
    add(store)
""")
    heard(process, "writing")
    started = time.monotonic()
    assert count_rows(store) >= 1
    assert time.monotonic() - started < 1


def test_a_long_lease_gives_way_as_soon_as_another_process_waits(store, spawn):
    store.close()
    process = spawn("store = Store.open(path, lease_s=60); add(store); say('idle'); sys.stdin.readline()")
    heard(process, "idle")
    started = time.monotonic()
    add_row(store)
    assert time.monotonic() - started < 1


def test_overlapping_readers_of_one_process_let_another_process_write(store, spawn):
    store.close()
    process = spawn("""
store = Store.open(path, lease_s=60)
def read():
    while True:
        with store.read():
            time.sleep(0.05)
for i in range(4):
    threading.Thread(target=read, daemon=True).start()
    time.sleep(0.01)
say("reading")
sys.stdin.readline()
""")
    heard(process, "reading")
    started = time.monotonic()
    add_row(store)
    assert time.monotonic() - started < 1


def test_overlapping_readers_do_not_starve_a_writer_of_the_same_process(store):
    def read():
        while not stop.is_set():
            with store.read():
                stop.wait(0.05)

    store.close()  # the next to open it are readers
    stop = threading.Event()
    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
        time.sleep(0.01)
    started = time.monotonic()
    add_row(store)
    waited_s = time.monotonic() - started
    stop.set()
    for reader in readers:
        reader.join()
    assert waited_s < 1


def test_a_store_held_too_long_is_busy_and_says_so(store, path, spawn):
    store.close()
    process = spawn("""
store = Store.open(path)
with store.write():
    say("writing")
    sys.stdin.readline()
""")
    heard(process, "writing")
    hasty = Store(path, timeout_s=0.2)
    with pytest.raises(StoreBusy, match="another process"), hasty.read():
        pass
    process.communicate("\n")
    with hasty.read():
        pass
    hasty.close()


def test_a_thread_that_waits_too_long_for_another_is_told(store, path):
    hasty = Store(path, timeout_s=0.1)
    inside, leave = threading.Event(), threading.Event()

    def hold():
        with hasty.write():
            inside.set()
            leave.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    inside.wait(10)
    with pytest.raises(StoreBusy), hasty.write():
        pass
    leave.set()
    holder.join()
    hasty.close()


def test_a_program_that_knows_no_gate_is_waited_for(store, path, spawn):
    store.close()
    process = spawn("""
import duckdb
connection = duckdb.connect(path)
say("open")
sys.stdin.readline()
""")
    heard(process, "open")
    with pytest.raises(StoreBusy):
        Store.open(path, timeout_s=0.2)
    waiting = threading.Thread(target=add_row, args=(store,))
    waiting.start()
    process.communicate("\n")
    waiting.join(10)
    assert count_rows(store) == 1


def test_two_stores_on_one_file_in_one_process_take_turns(store, path):
    other = Store.open(path)
    for _ in range(5):
        add_row(store)
        add_row(other)
    assert (count_rows(store), count_rows(other)) == (10, 10)
    other.close()


def test_a_result_kept_after_the_block_does_not_keep_the_file(store, path):
    with store.read() as cur:
        relation = cur.sql("SELECT * FROM audit")
    store.close()
    assert not is_open(path)
    with pytest.raises(duckdb.Error):
        relation.fetchall()


def test_locks_that_cannot_be_made_are_told(store, path):
    count_rows(store)
    store.close()
    gate = path.with_name(path.name + ".gate")
    gate.unlink()
    gate.mkdir()
    with pytest.raises(StoreError, match="cannot lock"), store.read():
        pass


def test_a_program_that_just_ends_closes_the_file_and_says_nothing(store, path, spawn):
    store.close()
    assert finished(spawn("store = Store.open(path); add(store); print(count(store))")) == "1"
    assert not path.with_name(path.name + ".wal").exists()
