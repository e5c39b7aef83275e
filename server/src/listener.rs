//! Closing the door.
//!
//! Dropshot accepts no more connections once it is told to close, but holds its socket open until the last request is
//! finished. Clients that connect in between would wait for an answer that nobody gives; they should be refused, and try
//! another server.

use std::fs;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};
use std::path::Path;

use dropshot::{HttpServer, ServerContext};
use rustix::net::{Shutdown, shutdown};

/// Makes a server's socket refuse connections, while those that were accepted go on. Possible on Linux.
///
/// # Errors
///
/// The socket cannot be found, or not be shut down.
pub fn refuse_connections<C: ServerContext>(server: &HttpServer<C>) -> io::Result<()> {
    let found = listening(server.local_addr().port())?.ok_or(io::ErrorKind::NotFound)?;
    // SAFETY: this is the number of the server's own socket, and the server, which is borrowed, keeps it open: it closes
    // it when it has been closed itself, and that takes it by value.
    #[expect(unsafe_code, reason = "Dropshot does not lend its socket")]
    let socket = unsafe { BorrowedFd::borrow_raw(found) };
    Ok(shutdown(socket, Shutdown::Read)?)
}

/// The socket of this process that listens on a port.
fn listening(port: u16) -> io::Result<Option<RawFd>> {
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let inodes: Vec<&str> =
        tables.iter().flat_map(|table| table.lines()).filter_map(|line| inode(line, port)).collect();
    for entry in fs::read_dir("/proc/self/fd")? {
        let path = entry?.path();
        // What is gone by now was not the socket.
        let Ok(target) = fs::read_link(&path) else { continue };
        if inodes.iter().any(|inode| target == Path::new(&format!("socket:[{inode}]"))) {
            return Ok(path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok()));
        }
    }
    Ok(None)
}

/// The inode of the socket that a line of the kernel's table tells of, when it listens on the port.
fn inode(line: &str, port: u16) -> Option<&str> {
    const LISTENING: &str = "0A";
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, at) = fields.get(1)?.rsplit_once(':')?;
    let found = *fields.get(3)? == LISTENING && u16::from_str_radix(at, 16) == Ok(port);
    fields.get(9).copied().filter(|_| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_kernel_table_names_port_state_and_inode() {
        let line =
            "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 88913 1 0";
        assert_eq!(inode(line, 3000), Some("88913"));
        assert_eq!(inode(line, 3001), None);
        assert_eq!(inode(&line.replace(" 0A ", " 01 "), 3000), None);
        assert_eq!(inode("  sl  local_address rem_address   st tx_queue", 3000), None);
    }

    #[test]
    fn a_socket_of_this_process_is_found_by_its_port() {
        use std::os::fd::AsRawFd;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(listening(port).unwrap(), Some(listener.as_raw_fd()));
        drop(listener);
        assert_eq!(listening(port).unwrap(), None);
    }
}
