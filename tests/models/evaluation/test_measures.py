import numpy as np

from models.evaluation.bootstrap import Interval
from models.evaluation.measures import MAX_SLOW_RESAMPLES, Measure, Resampling, measure_all


def test_a_slow_measure_is_drawn_less_often() -> None:
    calls = {"fast": 0, "slow": 0}

    def counting(name: str) -> Measure[float]:
        def of(values: object) -> float:
            calls[name] += 1
            return float(np.mean(values))  # type: ignore[arg-type]

        return Measure(name, name, of, is_slow=name == "slow")

    measure_all([counting("fast"), counting("slow")], [1.0, 2.0], [0, 1], Resampling(num_resamples=500))
    assert calls == {"fast": 501, "slow": MAX_SLOW_RESAMPLES + 1}


def test_members_of_a_cluster_are_drawn_as_a_whole() -> None:
    sizes: set[int] = set()

    def size(values: object) -> float:
        sizes.add(len(values))  # type: ignore[arg-type]
        return 0.0

    measure_all([Measure("n", "n", size)], [1, 2, 3, 4], ["a", "a", "a", "b"], Resampling(num_resamples=100))
    assert sizes == {2, 4, 6}  # twice b, one of each (as the data), twice a


def test_json_holds_value_interval_unit_and_exact_interval() -> None:
    exact = Interval(0.5, 0.1, 0.9)
    [one] = measure_all(
        [Measure("m", "M", lambda some: 0.5, "s", exact=lambda some: exact)],
        [1, 2],
        [0, 1],
        Resampling(num_resamples=10),
    )
    assert one.to_json() == {"value": 0.5, "low": 0.5, "high": 0.5, "unit": "s", "exact": exact.rounded()}


def test_one_video_has_a_value_and_no_interval() -> None:
    [one] = measure_all([Measure("m", "M", lambda some: 0.5)], [1, 2], ["a", "a"], Resampling(num_resamples=10))
    assert one.interval.value == 0.5
    assert np.isnan([one.interval.low, one.interval.high]).all()
