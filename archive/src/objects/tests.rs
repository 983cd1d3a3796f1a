use super::*;

#[tokio::test]
async fn an_object_is_what_was_put_and_a_name_is_never_reused() {
    let dir = tempfile::tempdir().unwrap();
    let objects = Objects::open(&dir.path().join("deep/objects")).unwrap();
    let bytes = Bytes::from_static(b"0123456789");
    objects.put("media/a/b.mp4", bytes.clone()).await.unwrap();
    objects.put("media/a/b.mp4", bytes.clone()).await.unwrap();
    assert!(matches!(objects.put("media/a/b.mp4", Bytes::from_static(b"x")).await, Err(Error::AlreadyExists { .. })));
    assert_eq!(objects.get("media/a/b.mp4").await.unwrap(), bytes);
    assert_eq!(objects.get_range("media/a/b.mp4", 2..5).await.unwrap(), "234");
    let mut pieces = objects.read("media/a/b.mp4", Some(8..10)).await.unwrap();
    assert_eq!(pieces.next().await.unwrap().unwrap(), "89");
    assert_eq!(std::io::read_to_string(objects.file("media/a/b.mp4").unwrap()).unwrap(), "0123456789");
    assert_eq!(objects.file("media/a/c.mp4").unwrap_err().code(), liuhen_proto::Code::NotFound);
    assert_eq!(objects.size("media/a/b.mp4").await.unwrap(), Some(10));
    assert_eq!(objects.size("media/a/c.mp4").await.unwrap(), None);
    assert_eq!(objects.get("media/a/c.mp4").await.unwrap_err().code(), liuhen_proto::Code::NotFound);
}

#[tokio::test]
async fn a_file_is_adopted_without_copying_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    let objects = Objects::open(&dir.path().join("objects")).unwrap();
    let file = dir.path().join("journal.mp4");
    std::fs::write(&file, b"segment").unwrap();
    objects.adopt(&file, "media/x.mp4").await.unwrap();
    objects.adopt(&file, "media/x.mp4").await.unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().nlink(), 2);
    let other = dir.path().join("other.mp4");
    std::fs::write(&other, b"segmenT").unwrap();
    assert!(matches!(objects.adopt(&other, "media/x.mp4").await, Err(Error::AlreadyExists { .. })));
    std::fs::write(&other, b"segment").unwrap();
    objects.adopt(&other, "media/x.mp4").await.unwrap();
    let listed: Vec<_> = objects.list().map(|listed| listed.unwrap().name).collect().await;
    assert_eq!(listed, ["media/x.mp4"]);
}

#[tokio::test]
async fn what_was_never_recorded_is_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let objects = Objects::open(&dir.path().join("objects")).unwrap();
    objects.put("originals/x", Bytes::from_static(b"nvr")).await.unwrap();
    objects.withdraw("originals/x").await.unwrap();
    objects.withdraw("originals/x").await.unwrap();
    assert_eq!(objects.size("originals/x").await.unwrap(), None);
    assert!(objects.withdraw("../x").await.is_err());
}

#[tokio::test]
async fn a_name_cannot_leave_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let objects = Objects::open(&dir.path().join("objects")).unwrap();
    assert!(objects.put("../x", Bytes::new()).await.is_err());
    assert!(objects.get("media/../../x").await.is_err());
}
