import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.logs import find_progress


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("45%|####      | 45/100 [00:10<00:12, 4.4it/s]", 45),
        ("train:  12%|##   | 6/50 [5.123 loss]", 12),
        ("30%\n", 30),
        ("[ 30%] building", 30),
        ("0%|          | 0/10 [00:00<?, ?it/s]", 0),
        ("100%|##########| 10/10 [00:01<00:00, 9.9it/s]", 100),
        ("Progress: 30%", 30),
        ("45.5% complete", 45.5),
        ("downloading model 80 %", 80),
        ("20% remaining", 80),
        ("step     50/20000 | loss 3.0708", 0.25),
        ("Epoch 3/10", 30),
        ("epoch 1 of 4", 25),
        ("[2026-11-22 00:19:16] step   3000/20000 | loss 2.0861 | eta 16:50:24", 15),
        ("[ 120/1000] loss 0.3", 12),
        ("12/48:", 25),
        ("Iteration: 1,000/4,000", 25),
        ("processed 5k/10k", 50),
        ("tasks: 3/12", 25),
        ("\x1b[32m 50%\x1b[0m|#####     | 5/10", 50),
        ("10%|#  |\r20%|## |\r", 20),
        ("10%|#  |\nno progress here\n", 10),
        ("10%|#  |\n20%|## |\n", 20),
    ],
)
def test_progress_is_seen(text: str, percent: float):
    found = find_progress(text)
    assert found is not None
    assert found.percent == pytest.approx(percent)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "GPU util 98% ok",
        "GPU 0: 98%",
        "CPU usage: 45%",
        "memory 91%",
        "accuracy 93%",
        "acc=93.2%",
        "eval/loss down 3%",
        "101%|",
        "101%",
        "0.5% ",
        "load average 80%",
        "dropout 10%",
        "disk /scratch is 97% full, used 97%",
        "sparsity: 50%",
        "https://host/a%20b/30%25",
        "2024/05/12 started",
        "12/31/24 10:00 started",
        "on 1/2 GPUs of node",
        "step 9/3",
        "task 0 of 1000156",
        "task 3/12 on node7",
        "step 0/0",
        "/data/shards/3/10/file",
        "warmup ratio 5%",
        "the price fell by 20% in the story that the model wrote about progressives and other people",
    ],
)
def test_what_is_no_progress(text: str):
    assert find_progress(text) is None


@pytest.mark.parametrize(
    ("text", "elapsed_s", "eta_s"),
    [
        ("45%|#| 45/100 [01:30<01:50,  2.00s/it]", None, 110),
        ("45%|#| 45/100 [01:30<1:01:50,  2.00s/it]", 1000, 3710),
        ("1%|#| 1/100 [01:30<49:00:00, 2.00s/it]", None, 49 * 3600),
        ("step 25/100 eta 90s", None, 90),
        ("step 25/100 eta: 1.2.3", None, None),
        ("0%|#| 0/100 [00:00<?, ?it/s]", None, None),
        ("step 25/100", 50, 150),
        ("step 25/100 eta 1h 5m", 50, 3900),
        ("step 25/100 | eta 00:10", None, 10),
        ("step 0/100", 50, None),
        ("100%|#| 4/4", 50, 0),
    ],
)
def test_the_time_left(text: str, elapsed_s: float | None, eta_s: float | None):
    found = find_progress(text, elapsed_s=elapsed_s)
    assert found is not None
    assert found.eta_s == eta_s


def test_numbers_and_unit_are_told():
    found = find_progress("steps: 1,500/3k")
    assert found is not None
    assert (found.done, found.total, found.unit) == (1500, 3000, "steps")


@given(st.text(st.sampled_from("0123456789%/|[]<>:, \n\rstepofdaykM.?"), max_size=80))
def test_any_text_gives_a_percentage_or_none(text: str):
    found = find_progress(text, elapsed_s=10)
    assert found is None or 0 <= found.percent <= 100
    assert found is None or found.eta_s is None or found.eta_s >= 0
