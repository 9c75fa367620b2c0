//! What a line in either form is made of.

/// Takes the fields of a line, in the order in which they come.
pub(super) trait Fields {
    /// Takes a text.
    fn text(&mut self, name: &str, value: &str);

    /// Takes a whole number.
    fn number(&mut self, name: &str, value: u64);

    /// Takes a number with one digit behind the point, counted in tenths.
    fn tenths(&mut self, name: &str, value: u64);

    /// Takes a yes or a no.
    fn flag(&mut self, name: &str, value: bool);

    /// Takes a text, if there is one.
    fn text_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// Takes a whole number, if there is one.
    fn number_if(&mut self, name: &str, value: Option<u64>) {
        if let Some(value) = value {
            self.number(name, value);
        }
    }
}

/// Appends a number, three digits a step. The general way of formatting takes several times as long.
pub(super) fn digits(line: &mut Vec<u8>, number: u64) {
    let digit = |of: u64| b'0' + u8::try_from(of % 10).unwrap_or(0);
    match number {
        0..10 => line.push(digit(number)),
        10..100 => line.extend_from_slice(&[digit(number / 10), digit(number)]),
        _ => {
            if number >= 1000 {
                digits(line, number / 1000);
            }
            line.extend_from_slice(&[digit(number / 100), digit(number / 10), digit(number)]);
        }
    }
}
