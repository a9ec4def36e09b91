terraform import harbor_project.example example-project
