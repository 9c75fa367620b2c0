//! "Did you mean".

/// Finds the known name that was most probably meant.
pub(super) fn nearest<'k>(wrong: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = wrong.to_lowercase();
    // Short names are all near each other: a hint would be a guess.
    let far = match wanted.chars().count() {
        0..=2 => 0,
        length => (length / 3).max(1),
    };
    let distance = |name: &str| strsim::damerau_levenshtein(&wanted, &name.to_lowercase());
    known
        .into_iter()
        .filter(|name| name.len().abs_diff(wrong.len()) <= far * 4 + 4)
        .map(|name| (distance(name), name))
        .filter(|(distance, _)| *distance <= far)
        .min()
        .map(|(_, name)| name)
}

/// Writes the suggestion as a hint, or lists what there is if that is short.
pub(crate) fn hint<'k>(wrong: &str, what: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(name) = nearest(wrong, known.iter().copied()) {
        return format!("did you mean `{name}`?");
    }
    match known.len() {
        0 => format!("there are no {what}"),
        1..=12 => format!("{what}: {}", known.join(", ")),
        n => format!("{what}: {} and {} more", known[..12].join(", "), n - 12),
    }
}
