//! Repositories of restic: names are held against bytes, nothing is replaced, and who may only add deletes locks alone.

use kit::{ErrorKind, actor::Actor};
use proto::v1::{
    CreateResticRepositoryRequest, DeleteResticObjectRequest, DeleteResticRepositoryRequest,
    GetResticObjectRequest, ListResticObjectsRequest, ResticObjectKey,
};
use tonic::Code;

use super::world::{World, checksum_of, on_each_engine, somebody};

fn key(kind: &str, name: &str) -> ResticObjectKey {
    ResticObjectKey {
        repository: "laptop".to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
    }
}

async fn create(world: &World, actor: &Actor) {
    let request = CreateResticRepositoryRequest {
        repository: "laptop".to_owned(),
    };
    world
        .restic(actor)
        .create_restic_repository(request)
        .await
        .unwrap();
}

async fn names(world: &World, actor: &Actor, kind: &str) -> Vec<String> {
    let request = ListResticObjectsRequest {
        repository: "laptop".to_owned(),
        kind: kind.to_owned(),
        after: String::new(),
    };
    let list = world.restic(actor).list_restic_objects(request).await.unwrap();
    list.into_inner()
        .objects
        .into_iter()
        .map(|object| object.name)
        .collect()
}

#[tokio::test]
async fn an_object_is_kept_under_the_checksum_of_its_bytes_once() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let sum = checksum_of(b"pack");
        let missing = world
            .upload_restic(&ada, key("data", &sum), b"pack")
            .await
            .unwrap_err();
        assert_eq!(missing.kind, ErrorKind::NotFound);

        create(&world, &ada).await;
        create(&world, &ada).await;
        let other = world
            .upload_restic(&ada, key("data", &sum), b"other")
            .await
            .unwrap_err();
        assert_eq!(other.fields[0].field, "name");
        world.assert_nothing_is_left(&ada).await;

        let kept = world
            .upload_restic(&ada, key("data", &sum), b"pack")
            .await
            .unwrap();
        let again = world
            .upload_restic(&ada, key("data", &sum), b"pack")
            .await
            .unwrap();
        assert_eq!(kept, again);
        assert_eq!(
            (world.used(&ada).await, world.keys().await),
            (4, vec![kept.s3_key])
        );
        assert_eq!(names(&world, &ada, "data").await, [sum]);
        assert_eq!(names(&world, &ada, "index").await, Vec::<String>::new());

        world
            .upload_restic(&ada, key("config", ""), b"config")
            .await
            .unwrap();
        let replaced = world
            .upload_restic(&ada, key("config", ""), b"other")
            .await
            .unwrap_err();
        assert_eq!(replaced.kind, ErrorKind::AlreadyExists);
        assert_eq!(world.used(&ada).await, 10);
    })
    .await;
}

#[tokio::test]
async fn names_that_are_paths_or_in_capitals_are_refused() {
    on_each_engine(|world| async move {
        let ada = somebody();
        create(&world, &ada).await;
        let sum = checksum_of(b"");
        let upper = sum.to_uppercase();

        for (kind, name, field) in [
            ("data", "../config", "name"),
            ("data", "", "name"),
            ("data", upper.as_str(), "name"),
            ("data", &sum[1..], "name"),
            ("config", sum.as_str(), "name"),
            ("", sum.as_str(), "kind"),
            ("Data", sum.as_str(), "kind"),
            ("../data", sum.as_str(), "kind"),
        ] {
            let refused = world.upload_restic(&ada, key(kind, name), b"").await.unwrap_err();
            assert_eq!(refused.fields[0].field, field, "{kind}/{name}");
        }

        for repository in ["", ".", "..", ".hidden", "a/b", "a b", "é", &"a".repeat(101)] {
            let request = CreateResticRepositoryRequest {
                repository: repository.to_owned(),
            };
            let refused = world
                .restic(&ada)
                .create_restic_repository(request)
                .await
                .unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{repository}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_that_adds_deletes_locks_alone() {
    on_each_engine(|world| async move {
        let ada = somebody();
        create(&world, &ada).await;
        let adds = Actor {
            scopes: vec!["backup:append".to_owned()],
            ..ada.clone()
        };
        let sum = checksum_of(b"x");
        for kind in ["data", "keys", "locks", "snapshots", "index"] {
            world.upload_restic(&adds, key(kind, &sum), b"x").await.unwrap();
        }
        world.upload_restic(&adds, key("config", ""), b"x").await.unwrap();

        let delete = |kind: &str, name: &str| DeleteResticObjectRequest {
            key: Some(key(kind, name)),
        };
        for (kind, name) in [
            ("data", sum.as_str()),
            ("keys", &sum),
            ("snapshots", &sum),
            ("index", &sum),
            ("config", ""),
        ] {
            let refused = world
                .restic(&adds)
                .delete_restic_object(delete(kind, name))
                .await
                .unwrap_err();
            assert_eq!(refused.code(), Code::PermissionDenied, "{kind}");
        }
        let whole = DeleteResticRepositoryRequest {
            repository: "laptop".to_owned(),
        };
        let refused = world
            .restic(&adds)
            .delete_restic_repository(whole.clone())
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);

        for _ in 0..2 {
            world
                .restic(&adds)
                .delete_restic_object(delete("locks", &sum))
                .await
                .unwrap();
        }
        assert_eq!(world.used(&ada).await, 5);
        world
            .restic(&ada)
            .delete_restic_object(delete("data", &sum))
            .await
            .unwrap();
        assert_eq!(world.keys().await.len(), 4);
        world.restic(&ada).delete_restic_repository(whole).await.unwrap();
        world.assert_nothing_is_left(&ada).await;
    })
    .await;
}

#[tokio::test]
async fn a_repository_is_its_owners_alone() {
    on_each_engine(|world| async move {
        let (ada, eve) = (somebody(), somebody());
        create(&world, &ada).await;
        let sum = checksum_of(b"x");
        world.upload_restic(&ada, key("data", &sum), b"x").await.unwrap();

        let get = GetResticObjectRequest {
            key: Some(key("data", &sum)),
        };
        let refused = world.restic(&eve).get_restic_object(get).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let list = ListResticObjectsRequest {
            repository: "laptop".to_owned(),
            kind: "data".to_owned(),
            after: String::new(),
        };
        let refused = world.restic(&eve).list_restic_objects(list).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let refused = world
            .upload_restic(&eve, key("data", &sum), b"x")
            .await
            .unwrap_err();
        assert_eq!(refused.kind, ErrorKind::NotFound);

        let delete = DeleteResticObjectRequest {
            key: Some(key("data", &sum)),
        };
        world.restic(&eve).delete_restic_object(delete).await.unwrap();
        let whole = DeleteResticRepositoryRequest {
            repository: "laptop".to_owned(),
        };
        world.restic(&eve).delete_restic_repository(whole).await.unwrap();
        assert_eq!(names(&world, &ada, "data").await, [sum]);
    })
    .await;
}
