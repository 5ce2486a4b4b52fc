// A deployment with its defaults, as a team keeps them.
local defaults = {
  replicas: 2,
  image: { registry: 'registry.example', name: error 'a name is needed', tag: 'latest' },
  labels:: { team: 'billing' },
  ports: [8080],
};

local container(name, image, port=8080, env={}) = {
  name: name,
  image: '%(registry)s/%(name)s:%(tag)s' % image,
  ports: [{ containerPort: port }],
  env: [{ name: key, value: std.toString(env[key]) } for key in std.objectFields(env)],
};

local service = defaults {
  name:: 'invoices',
  image+: { name: $.name, tag: '1.4.2' },
  labels+: { app: $.name },
};

{
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: service.name, labels: service.labels },
  spec: {
    replicas: service.replicas + 1,
    template: {
      spec: {
        containers: [
          container(service.name, service.image, env={ LEVEL: 'info', WORKERS: 4, RATIO: 0.25 }),
          container('proxy', service.image { name: 'proxy' }, port=9090),
        ],
      },
    },
  },
  quota: [p * 100 for p in service.ports if p > 80],
  share: 0.1 + 0.2,
  large: 1e20 / 16,
  small: 1e-7,
  far: 2.5e21,
}
