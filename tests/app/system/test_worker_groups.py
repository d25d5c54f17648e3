from app.system.worker_groups import WorkerGroup, WorkerGroups


def test_models_known_at_the_start_share_their_workers() -> None:
    assert WorkerGroups(num_workers=2).follow({"flow", "i3d"}) == [WorkerGroup(("flow", "i3d"), (0, 1))]


def test_a_model_that_comes_later_restarts_no_worker() -> None:
    groups = WorkerGroups(num_workers=1)
    first = groups.follow({"i3d"})
    assert groups.follow({"i3d", "flow"}) == [*first, WorkerGroup(("flow",), (1,))]


def test_workers_end_when_nobody_wants_their_models_and_their_number_is_not_used_again() -> None:
    groups = WorkerGroups(num_workers=1)
    groups.follow({"i3d"})
    groups.follow({"i3d", "flow"})
    assert groups.follow({"i3d"}) == [WorkerGroup(("i3d",), (0,))]
    assert groups.follow({"i3d", "flow"})[-1] == WorkerGroup(("flow",), (2,))
    assert groups.follow(set()) == []


def test_a_host_without_workers_has_no_group() -> None:
    assert WorkerGroups(num_workers=0).follow({"i3d"}) == []
