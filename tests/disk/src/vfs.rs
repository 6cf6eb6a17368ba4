//! The table of functions that stands before SQLite's own: the one file with unsafe code.
//!
//! Everything is done by the system's table below, on the same file objects; only what changes a file is looked at first.
//! Flushes are noted and not carried out: no power is cut here in truth, and they would cost most of the time.

#![expect(
    unsafe_code,
    reason = "SQLite calls these functions through C pointers, and no safe crate offers a table that shares memory as WAL needs"
)]

use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

use crate::disk::Asked;
use crate::{Disk, How, Step};

/// A table of functions on files. SQLite's are constants, and ours are never freed.
type Methods = &'static sqlite3_io_methods;

/// The system's table, once ours stands before it.
static BELOW: AtomicPtr<sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());
static REGISTERED: Once = Once::new();

/// The open files of watched folders, by the address of SQLite's object.
static OPEN: Mutex<BTreeMap<usize, Opened>> = Mutex::new(BTreeMap::new());

/// Our tables, by the address of the one that each stands before.
static TABLES: Mutex<BTreeMap<usize, Methods>> = Mutex::new(BTreeMap::new());

#[derive(Clone)]
struct Opened {
    disk: Disk,
    name: String,
    below: Methods,
}

/// Has every connection made from now on go through here.
pub(crate) fn register() {
    REGISTERED.call_once(|| {
        // SAFETY: without a name SQLite returns its default table, which it never frees.
        let below = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        BELOW.store(below, Ordering::SeqCst);
        // SAFETY: as above; there is always one on a system with files.
        let copy = unsafe { *below };
        let ours = Box::leak(Box::new(sqlite3_vfs {
            pNext: ptr::null_mut(),
            zName: c"watched".as_ptr(),
            xOpen: Some(open),
            xDelete: Some(delete),
            ..copy
        }));
        // SAFETY: the table is never freed, and its other functions are the default table's.
        let done = unsafe { ffi::sqlite3_vfs_register(ours, 1) };
        assert_eq!(done, ffi::SQLITE_OK, "SQLite takes the table");
    });
}

/// Returns the system's table. Ours is only called once that is known.
fn below() -> *mut sqlite3_vfs {
    BELOW.load(Ordering::SeqCst)
}

unsafe extern "C" fn open(
    _vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: it is SQLite's default table.
    let Some(xopen) = (unsafe { (*below()).xOpen }) else {
        return ffi::SQLITE_CANTOPEN;
    };
    // SAFETY: SQLite hands over a path that ends with a zero, or none for a file that is soon removed.
    let path = unsafe { path_of(name) };
    let watched = path.and_then(Disk::of);
    if let (Some(path), Some((disk, name))) = (path, &watched) {
        let makes = flags & ffi::SQLITE_OPEN_CREATE != 0 && !path.exists();
        if makes
            && disk
                .take(Asked::Create, Step::Create(name.clone()))
                .is_err()
        {
            // SAFETY: SQLite hands over an object of the size it was told; without methods it is not closed.
            unsafe { (*file).pMethods = ptr::null() };
            return ffi::SQLITE_CANTOPEN;
        }
    }
    // SAFETY: the arguments are SQLite's own, for the table that they are meant for but for two functions.
    let done = unsafe { xopen(below(), name, file, flags, out) };
    if let (ffi::SQLITE_OK, Some((disk, name))) = (done, watched) {
        // SAFETY: the object is SQLite's own.
        let methods = unsafe { (*file).pMethods };
        // SAFETY: the file was opened, so its methods are one of SQLite's constant tables.
        let below: Methods = unsafe { &*methods };
        let opened = Opened { disk, name, below };
        all_open().insert(file.addr(), opened);
        // SAFETY: as above; ours are never freed.
        unsafe { (*file).pMethods = before(below) };
    }
    done
}

unsafe extern "C" fn delete(
    _vfs: *mut sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: it is SQLite's default table.
    let Some(xdelete) = (unsafe { (*below()).xDelete }) else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    // SAFETY: SQLite hands over a path that ends with a zero.
    let path = unsafe { path_of(name) };
    if let Some((path, (disk, name))) = path.and_then(|it| Some((it, Disk::of(it)?))) {
        let step = Step::Delete(name, sync_folder != 0);
        if path.exists() && disk.take(Asked::Delete, step).is_err() {
            return ffi::SQLITE_IOERR_DELETE;
        }
    }
    // SAFETY: the arguments are SQLite's own.
    unsafe { xdelete(below(), name, 0) }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    data: *const c_void,
    amount: c_int,
    at: i64,
) -> c_int {
    let Some((opened, xwrite)) = opened(file).and_then(|it| Some((it.clone(), it.below.xWrite?)))
    else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    let (Ok(length), Ok(place)) = (usize::try_from(amount), u64::try_from(at)) else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    // SAFETY: SQLite hands over as many bytes as it says.
    let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) };
    let Opened { disk, name, .. } = opened;
    let step = |part: &[u8]| Step::Write(name.clone(), place, part.to_vec());
    match disk.take(Asked::Write, step(bytes)) {
        // SAFETY: the arguments are SQLite's own.
        Ok(()) => unsafe { xwrite(file, data, amount, at) },
        Err(how) => {
            // A disk takes what it can before it fails.
            let half = amount / 2;
            disk.take_part(step(bytes.get(..length / 2).unwrap_or_default()));
            // SAFETY: as above, with fewer bytes.
            unsafe { xwrite(file, data, half, at) };
            match how {
                How::Full => ffi::SQLITE_FULL,
                How::Broken => ffi::SQLITE_IOERR_WRITE,
            }
        }
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: i64) -> c_int {
    let Some((opened, xtruncate)) =
        opened(file).and_then(|it| Some((it.clone(), it.below.xTruncate?)))
    else {
        return ffi::SQLITE_IOERR_TRUNCATE;
    };
    let step = Step::Truncate(opened.name, u64::try_from(size).unwrap_or(0));
    if opened.disk.take(Asked::Truncate, step).is_err() {
        return ffi::SQLITE_IOERR_TRUNCATE;
    }
    // SAFETY: the arguments are SQLite's own.
    unsafe { xtruncate(file, size) }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    let Some(Opened { disk, name, .. }) = opened(file) else {
        return ffi::SQLITE_IOERR_FSYNC;
    };
    match disk.take(Asked::Sync, Step::Sync(name)) {
        Ok(()) => ffi::SQLITE_OK,
        Err(_how) => ffi::SQLITE_IOERR_FSYNC,
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    let closed = all_open().remove(&file.addr());
    match closed.and_then(|it| it.below.xClose) {
        // SAFETY: the argument is SQLite's own.
        Some(xclose) => unsafe { xclose(file) },
        None => ffi::SQLITE_IOERR_CLOSE,
    }
}

/// Returns our table that stands before one of SQLite's.
fn before(below: Methods) -> Methods {
    let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    tables
        .entry(ptr::from_ref(below).addr())
        .or_insert_with(|| {
            Box::leak(Box::new(sqlite3_io_methods {
                xClose: Some(close),
                xWrite: Some(write),
                xTruncate: Some(truncate),
                xSync: Some(sync),
                ..*below
            }))
        })
}

fn opened(file: *mut sqlite3_file) -> Option<Opened> {
    all_open().get(&file.addr()).cloned()
}

fn all_open() -> MutexGuard<'static, BTreeMap<usize, Opened>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a path of SQLite's.
///
/// # Safety
///
/// The pointer is null, or what it points at ends with a zero and outlives the path.
unsafe fn path_of<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller's.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())))
}
