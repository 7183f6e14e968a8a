"""The learning curve of two adaptive filters, and what theory says of it."""

from matopt import filters

echo = filters.MovingAverage((1.0, 0.9, 0.5))  # a coloured input
system = filters.SystemIdentification([0.8, -0.4, 0.2, 0.1], noise=0.01, input=echo)
print(filters.step_bounds(system.moments(4)))

print(f"{'filter':<48}{'excess':>10}{'theory':>10}{'at 100':>10}{'theory':>10}")
for filter in (filters.LMS(4, step=0.01), filters.NLMS(4, step=0.2)):
    e = filters.ensemble(filter, system, runs=200, samples=3000)
    excess, curve = e.excess, e.expected
    print(
        f"{filter!s:<48}{excess.steady().mean:>10.2e}{e.theory.excess:>10.2e}"
        f"{excess.mean[90:110].mean():>10.2e}{curve.excess[100]:>10.2e}"
    )
