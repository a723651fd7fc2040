//! Files that are whole or not at all, and on disk before anybody is told.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::commands::Failure;

/// Puts the octets in a file's place, for its owner alone to read. What was there stays until all of the new is on disk.
pub(crate) fn replace(place: &Path, octets: &[u8]) -> Result<(), Failure> {
    let written = || -> io::Result<()> {
        let name = place.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut beside = name.to_owned();
        beside.push(".new");
        let beside = folder.join(beside);
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(octets)?;
        file.sync_all()?;
        fs::rename(&beside, place)?;
        // A name is on disk only with its folder.
        File::open(folder)?.sync_all()
    };
    written().map_err(|cause| format!("{} cannot be written: {cause}", place.display()).into())
}

/// Makes a folder, for its owner alone, where there is none, and takes it for this process as long as the file lives.
pub(crate) fn take_folder(place: &Path) -> Result<File, Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    let cannot = |cause| format!("{} cannot be made: {cause}", place.display());
    fs::DirBuilder::new().recursive(true).mode(0o700).create(place).map_err(cannot)?;
    let lock = place.join("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&lock).map_err(cannot)?;
    file.try_lock()
        .map_err(|cause| format!("{} is another process's ({cause}): give each its own --state", place.display()))?;
    Ok(file)
}
