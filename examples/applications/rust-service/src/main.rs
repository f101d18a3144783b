//! Sends back what it gets. It serves, asks itself, and ends.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || -> std::io::Result<()> {
        let (mut client, _) = listener.accept()?;
        let mut text = Vec::new();
        client.read_to_end(&mut text)?;
        client.write_all(&text)
    });
    let mut client = TcpStream::connect(address)?;
    client.write_all(b"hello")?;
    client.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    println!("{answer}");
    Ok(())
}
