"""Prints the expected numbers of PairedTestTests.swift; needs scipy."""
from scipy import stats
from scipy.special import betainc

for differences in (
    [0.03, 0.01, 0.05],
    [0.02, 0.021, 0.019, 0.02],
    [-0.4, 0.1, 0.35, -0.2, 0.05],
    [1e-3, -2e-3],
    [0.5, 0.6, 0.55, 0.52, 0.58, 0.61, 0.49, 0.53, 0.57, 0.6],
):
    result = stats.ttest_1samp(differences, 0)
    print(differences, float(result.statistic), float(result.pvalue))
for x, a, b in ((0.3, 1.5, 0.5), (0.99, 10, 0.5), (0.001, 0.5, 0.5), (0.5, 50, 0.5), (0.9, 0.5, 3.0), (0.75, 2, 2)):
    print(x, a, b, float(betainc(a, b, x)))
