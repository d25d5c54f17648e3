import numpy as np

from models.evaluation.cases import Case, Truth
from models.evaluation.instances import instance_overlap
from models.evaluation.lesions import LesionCounts
from models.evaluation.measures import Resampling, by_name
from models.evaluation.questions.pictures import instance_question, lesion_question
from models.evaluation.questions.question import answer


def test_pictures_are_asked_like_videos() -> None:
    labels = np.array([[1, 1, 0, 2]])
    question = instance_question(
        {"a.png": instance_overlap(labels, labels), "b.png": instance_overlap(labels, labels * 0)}
    )
    cases = [Case(Truth(name)) for name in ("a.png", "b.png", "c.png")]
    answered = answer(question, cases, cluster=None, groups=(), resampling=Resampling(num_resamples=20))
    assert answered is not None
    assert len(answered.cases) == 2
    assert by_name(answered.measured)["dsb_score"].interval.value == 0.5


def test_pictures_that_were_not_judged_are_not_asked() -> None:
    question = lesion_question({"a": LesionCounts(1, 1, 1, 0)})
    assert answer(question, [Case(Truth("b"))], cluster=None, groups=(), resampling=Resampling()) is None
