terraform import harbor_robot.example 'robot$example-robot+ci'
