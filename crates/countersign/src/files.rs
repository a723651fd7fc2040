//! Files that commands read: never more of one than so many octets, whatever it says of its length.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::commands::Failure;

/// All of a file, or of the standard input for `-`, that is no longer than so many octets.
///
/// # Errors
/// A sentence for the terminal.
pub(crate) fn read_or_stdin(place: &Path, longest: usize) -> Result<Vec<u8>, Failure> {
    match place == Path::new("-") {
        true => read_from(std::io::stdin().lock(), place, longest),
        false => read(place, longest),
    }
}

/// All of a file that is no longer than so many octets.
///
/// # Errors
/// A sentence for the terminal.
pub(crate) fn read(place: &Path, longest: usize) -> Result<Vec<u8>, Failure> {
    let file = File::open(place).map_err(|cause| cannot(place, &cause))?;
    read_from(file, place, longest)
}

/// All of a text that is no longer than so many octets; it may be a secret.
///
/// # Errors
/// A sentence for the terminal.
pub(crate) fn read_text(place: &Path, longest: usize) -> Result<Zeroizing<String>, Failure> {
    let octets = Zeroizing::new(read(place, longest)?);
    let text = std::str::from_utf8(&octets).map_err(|_| cannot(place, &"it is not UTF-8"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn read_from(from: impl Read, place: &Path, longest: usize) -> Result<Vec<u8>, Failure> {
    let mut octets = Vec::new();
    from.take(longest as u64 + 1).read_to_end(&mut octets).map_err(|cause| cannot(place, &cause))?;
    if octets.len() > longest {
        return Err(format!("{} is longer than the {longest} octets that are read", place.display()).into());
    }
    Ok(octets)
}

fn cannot(place: &Path, cause: &dyn std::fmt::Display) -> Failure {
    format!("{} cannot be read: {cause}", place.display()).into()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{read, read_text};

    #[cfg(unix)]
    #[test]
    fn a_file_without_end_is_read_up_to_the_bound() {
        let endless = Path::new("/dev/zero");
        for refused in [read(endless, 1000).unwrap_err(), read_text(endless, 1000).unwrap_err()] {
            assert_eq!(refused.to_string(), "/dev/zero is longer than the 1000 octets that are read");
        }
    }

    #[test]
    fn a_file_of_just_so_many_octets_is_read() {
        let place = std::env::temp_dir().join(format!("countersign-files-{}", domain::ids::uuid().unwrap()));
        std::fs::write(&place, "abc").unwrap();
        assert_eq!(read(&place, 3).unwrap(), b"abc");
        assert_eq!(read_text(&place, 3).unwrap().as_str(), "abc");
        assert!(read(&place, 2).is_err());
        std::fs::write(&place, [0xff]).unwrap();
        assert!(read_text(&place, 3).unwrap_err().to_string().ends_with("cannot be read: it is not UTF-8"));
        std::fs::remove_file(place).unwrap();
    }
}
