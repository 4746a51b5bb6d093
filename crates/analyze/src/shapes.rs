//! Code that has to be of one shape, without its white space.

use crate::words::is_part;

/// Names that a shape may have.
const NAMES: usize = 4;

/// The names that `$1` to `$4` stand for, if a text without white space is of that shape; equal digits are equal names.
pub(crate) fn fits<'a>(shape: &str, text: &'a str) -> Option<[Option<&'a str>; NAMES]> {
    let mut names: [Option<&str>; NAMES] = [None; NAMES];
    let mut rest = text;
    let mut pieces = shape.split('$');
    rest = rest.strip_prefix(pieces.next()?)?;
    for piece in pieces {
        let (digit, literal) = piece.split_at_checked(1)?;
        let slot = names.get_mut(digit.parse::<usize>().ok()?.checked_sub(1)?)?;
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let name = &rest[..length];
        if name.is_empty() || slot.is_some_and(|known| known != name) {
            return None;
        }
        *slot = Some(name);
        rest = rest[length..].strip_prefix(literal)?;
    }
    rest.is_empty().then_some(names)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn equal_digits_are_equal_names() {
        let shape = "let$1=$2?;if$1==0";
        let names = fits(shape, "letcount=read?;ifcount==0").expect("it fits");
        assert_eq!(names, [Some("count"), Some("read"), None, None]);
        assert!(fits(shape, "letcount=read?;ifother==0").is_none());
        assert!(fits(shape, "letcount=read?;ifcount==01").is_none());
        assert!(fits(shape, "letcount=read()?;ifcount==0").is_none());
    }
}
