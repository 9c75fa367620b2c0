//! Weights of a tier whose members may be pools.

/// One entry of a tier: its own weight, and the weights of its members; a lone backend has one.
pub(super) struct Entry {
    pub(super) weight: u32,
    pub(super) members: Vec<u32>,
}

/// Gives every member its weight, so that the members of an entry share exactly its weight.
///
/// Numbers stay as written wherever that is exact; else all are multiplied by the smallest
/// number that makes them whole, and scaled down only where they would leave `u32`.
pub(super) fn shared(entries: &[Entry]) -> Vec<Vec<u32>> {
    if let [only] = entries {
        let on = u32::from(only.weight > 0);
        let share = |member: &u32| if only.members.len() == 1 { on.min(*member) } else { member * on };
        return vec![only.members.iter().map(share).collect()];
    }
    let factor = entries.iter().fold(1, |factor, entry| lcm(factor, denominator(entry)));
    let exact: Vec<Vec<u128>> = entries
        .iter()
        .map(|entry| {
            let sum = sum(entry).max(1);
            let share = |member: &u32| product(entry, *member).saturating_mul(factor) / sum;
            entry.members.iter().map(share).collect()
        })
        .collect();
    let largest = exact.iter().flatten().copied().max().unwrap_or(0);
    let excess = largest.div_ceil(u128::from(u32::MAX)).max(1);
    let fit = |share: u128| match share {
        0 => 0,
        _ => u32::try_from((share / excess).max(1)).unwrap_or(u32::MAX),
    };
    exact.into_iter().map(|members| members.into_iter().map(fit).collect()).collect()
}

fn sum(entry: &Entry) -> u128 {
    entry.members.iter().map(|&member| u128::from(member)).sum()
}

fn product(entry: &Entry, member: u32) -> u128 {
    u128::from(entry.weight) * u128::from(member)
}

/// What the entry's shares must be multiplied by to be whole.
fn denominator(entry: &Entry) -> u128 {
    let sum = sum(entry).max(1);
    entry.members.iter().fold(1, |all, &member| lcm(all, sum / gcd(sum, product(entry, member))))
}

fn lcm(a: u128, b: u128) -> u128 {
    // Beyond this the result is scaled down to u32 anyway.
    const ENOUGH: u128 = 1 << 64;
    (a / gcd(a, b)).saturating_mul(b).min(ENOUGH)
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}
