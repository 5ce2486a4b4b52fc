sh '''make

''