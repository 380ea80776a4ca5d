"""The shipped algorithms against the suite."""

from recommendations.algorithms.als_learning import AlsConfig
from recommendations.algorithms.cooccurrence import CooccurrenceConfig
from recommendations.algorithms.popularity import PopularityConfig
from tests.conformance.algorithms import AlgorithmSuite


class TestPopularity(AlgorithmSuite):
    algorithm = PopularityConfig()
    personal = False


class TestCooccurrence(AlgorithmSuite):
    algorithm = CooccurrenceConfig(shrinkage=1.0)


class TestAls(AlgorithmSuite):
    algorithm = AlsConfig(factors=2)
