//! Just enough HTTP/1.1 for a git client: one request a connection, read whole; an answer written as told.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    pub(super) body: Vec<u8>,
}

pub(super) async fn read(stream: &mut TcpStream) -> io::Result<Request> {
    let mut data = Vec::new();
    let head = loop {
        if let Some(end) = find(&data, b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut data).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let text = String::from_utf8_lossy(&data[..head]).to_ascii_lowercase();
    let first = String::from_utf8_lossy(&data[..head])
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();

    let mut body = data.split_off(head + 4);
    if text.contains("transfer-encoding: chunked") {
        while find(&body, b"0\r\n\r\n").is_none() {
            if stream.read_buf(&mut body).await? == 0 {
                break;
            }
        }
        body = dechunk(&body);
    } else {
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
            .unwrap_or(0);

        while body.len() < length {
            if stream.read_buf(&mut body).await? == 0 {
                break;
            }
        }
    }

    let mut words = first.split(' ').map(str::to_owned);
    Ok(Request {
        method: words.next().unwrap_or_default(),
        target: words.next().unwrap_or_default(),
        body,
    })
}

fn dechunk(mut data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = find(data, b"\r\n") {
        let size = std::str::from_utf8(&data[..end])
            .ok()
            .and_then(|hex| usize::from_str_radix(hex, 16).ok());
        let Some(size) = size.filter(|size| *size > 0 && end + 2 + size <= data.len()) else {
            break;
        };
        out.extend_from_slice(&data[end + 2..end + 2 + size]);
        data = data.get(end + 4 + size..).unwrap_or_default();
    }

    out
}

fn find(data: &[u8], needle: &[u8]) -> Option<usize> {
    data.windows(needle.len()).position(|window| window == needle)
}

/// Writes status, headers and body, and closes.
pub(super) async fn write(
    stream: &mut TcpStream,
    status: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<()> {
    stream
        .write_all(head(status, headers, Some(body.len())).as_bytes())
        .await?;
    stream.write_all(body).await?;
    stream.shutdown().await
}

/// The head of an answer; without a length the body ends with the connection.
pub(super) fn head(status: &str, headers: &[(&str, &str)], length: Option<usize>) -> String {
    let mut text = format!("HTTP/1.1 {status}\r\nConnection: close\r\nCache-Control: no-cache\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(length) = length {
        text.push_str(&format!("Content-Length: {length}\r\n"));
    }
    text + "\r\n"
}
