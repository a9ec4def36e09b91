terraform import quay_starred_repository.example acme/app
