use super::{CHUNK, JOBS, is_more_after};

#[tokio::test]
async fn chunk_that_is_not_full_is_the_last() {
    assert!(!is_more_after(0).await);
    assert!(!is_more_after(CHUNK as u64 - 1).await);
    assert!(is_more_after(CHUNK as u64).await);
}

#[test]
fn jobs_have_names_of_their_own() {
    for (n, job) in JOBS.iter().enumerate() {
        assert!(JOBS[..n].iter().all(|other| other.name != job.name), "{}", job.name);
    }
}
