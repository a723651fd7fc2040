use super::Plain;
use crate::client::CallError;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::client::legacy::connect::HttpConnector;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

async fn call(plain: &Plain, address: &str, bound: usize, time: Duration) -> Result<String, CallError> {
    let request =
        Request::post(format!("http://{address}/v4/loans?a=%2f")).body(Full::new(Bytes::from("octets"))).unwrap();
    let reply = plain.call(request, bound, time).await?;
    Ok(String::from_utf8(reply.into_body().to_vec()).unwrap())
}

/// Takes a whole request, and gives its head.
async fn request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    while !text.ends_with("octets") {
        let mut octets = [0; 1024];
        let n = stream.read(&mut octets).await.unwrap();
        assert_ne!(n, 0, "{text}");
        text.push_str(std::str::from_utf8(&octets[..n]).unwrap());
    }
    text
}

async fn reply(stream: &mut TcpStream, body: &str) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    // Apart from its head, as slow networks bring it.
    tokio::task::yield_now().await;
    stream.write_all(body.as_bytes()).await.unwrap();
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

const LONG: Duration = Duration::from_secs(10);

#[tokio::test]
async fn calls_one_after_the_other_share_a_connection_until_it_is_closed() {
    let (listener, address) = listener().await;
    let host = format!("host: {address}\r\n");
    let (closed, is_closed) = tokio::sync::oneshot::channel();
    let service = tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        for n in 0..3 {
            let head = request(&mut first).await;
            assert!(head.starts_with("POST /v4/loans?a=%2f HTTP/1.1\r\n") && head.contains(&host), "{head}");
            reply(&mut first, &format!("first {n}")).await;
        }
        drop(first);
        closed.send(()).unwrap();
        let (mut second, _) = listener.accept().await.unwrap();
        request(&mut second).await;
        reply(&mut second, "second").await;
    });
    let plain = Plain::new(HttpConnector::new());
    for n in 0..3 {
        assert_eq!(call(&plain, &address, 100, LONG).await, Ok(format!("first {n}")));
    }
    is_closed.await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(call(&plain, &address, 100, LONG).await, Ok("second".to_owned()));
    service.await.unwrap();
}

#[tokio::test]
async fn a_call_whose_reply_breaks_off_is_not_made_twice() {
    let (listener, address) = listener().await;
    let service = tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        request(&mut first).await;
        reply(&mut first, "whole").await;
        request(&mut first).await;
        first.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbro").await.unwrap();
        drop(first);
        let again = tokio::time::timeout(Duration::from_millis(300), listener.accept()).await;
        assert!(again.is_err(), "nobody knows whether the first was worked on");
    });
    let plain = Plain::new(HttpConnector::new());
    assert_eq!(call(&plain, &address, 100, LONG).await, Ok("whole".to_owned()));
    let broken = call(&plain, &address, 100, LONG).await;
    assert!(matches!(broken, Err(CallError::Unreachable(_))), "{broken:?}");
    service.await.unwrap();
}

#[tokio::test]
async fn a_reply_beyond_the_bound_leaves_nothing_for_the_next_call() {
    let (listener, address) = listener().await;
    let service = tokio::spawn(async move {
        for body in ["much too long", "short"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            request(&mut stream).await;
            reply(&mut stream, body).await;
        }
    });
    let plain = Plain::new(HttpConnector::new());
    assert_eq!(call(&plain, &address, 5, LONG).await, Err(CallError::TooLarge));
    assert_eq!(call(&plain, &address, 5, LONG).await, Ok("short".to_owned()));
    service.await.unwrap();
}
