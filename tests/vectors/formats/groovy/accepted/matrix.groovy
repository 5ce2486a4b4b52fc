matrix {
    axes { axis { name 'ZONE'; values 'a', 'b' } }
    stages {
        stage('One') {
            input { message 'Go?' }
            steps {
                withCredentials([
                    usernamePassword(credentialsId: 'deploy', usernameVariable: 'U', passwordVariable: 'P'),
                    [$class: 'StringBinding', credentialsId: "x", variable: 'T']
                ]) {
                    retry(3) { sh 'deploy --zone "$ZONE" --user "$U"' }
                }
            }
        }
    }
}
