//! Whose turn it is: weights laid out once as a smooth, exact sequence.

use std::sync::Arc;

/// The most slots a schedule has; larger sums of weights are scaled down to it.
pub const MAX_SLOTS: u64 = 10_000;

/// A repeating sequence in which each member stands as often as its weight says, well spread.
///
/// Made once a table by smooth weighted round robin (the method of nginx), so that a pick is one
/// array read and the shares are exact over every full round.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Schedule(Arc<[u16]>);

impl Schedule {
    /// Lays out the weights; members of weight 0 never get a turn.
    ///
    /// Where all weights are 0 the schedule is empty and [`turn`](Self::turn) gives `None`.
    #[must_use]
    pub fn new(weights: &[u32]) -> Self {
        let weights = reduced(weights);
        let total: i64 = weights.iter().sum();
        let mut current = vec![0_i64; weights.len()];
        let slots = (0..total).map(|_| {
            for (value, weight) in current.iter_mut().zip(&weights) {
                *value += weight;
            }
            let best = (0..current.len()).rev().max_by_key(|&i| (weights[i] > 0, current[i])).unwrap_or(0);
            current[best] -= total;
            u16::try_from(best).unwrap_or(u16::MAX)
        });
        Self(slots.collect())
    }

    /// Returns the member whose turn the ticket is.
    #[must_use]
    pub fn turn(&self, ticket: u64) -> Option<usize> {
        let slots = u64::try_from(self.0.len()).ok().filter(|&n| n > 0)?;
        let slot = usize::try_from(ticket % slots).ok()?;
        Some(usize::from(self.0[slot]))
    }
}

/// Divides by the common divisor, and scales down what is still more than [`MAX_SLOTS`].
fn reduced(weights: &[u32]) -> Vec<i64> {
    let divisor = weights.iter().fold(0_u64, |a, &b| gcd(a, u64::from(b))).max(1);
    let exact: Vec<u64> = weights.iter().map(|&w| u64::from(w) / divisor).collect();
    let total: u64 = exact.iter().sum();
    let fit = |w: u64| if w == 0 || total <= MAX_SLOTS { w } else { (w * MAX_SLOTS / total).max(1) };
    exact.into_iter().map(|w| i64::try_from(fit(w)).unwrap_or(i64::MAX)).collect()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
